-- What few columns have.
select
    a.attrelid,
    a.attnum,
    case when a.attlen < 0 then a.attstorage end,
    a.attcompression,
    coalesce(a.attstattarget, -1),
    a.attoptions,
    a.attfdwoptions,
    a.attislocal
from pg_attribute a
where a.attrelid = any (current_setting('pgphase.relations')::oid[])
    and a.attnum > 0
    and not a.attisdropped
    and (
        a.attlen < 0 and a.attstorage <> 'x'
        or a.attcompression <> ''
        or a.attstattarget >= 0
        or a.attoptions is not null
        or a.attfdwoptions is not null
        or not a.attislocal
    );
