select
    a.attrelid,
    a.attnum,
    a.attname,
    format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    a.attidentity,
    a.attgenerated,
    case when a.attcollation not in (0, 100) then a.attcollation::regcollation end,
    a.attacl
from pg_attribute a
where a.attrelid = any (current_setting('pgphase.relations')::oid[]) and a.attnum > 0 and not a.attisdropped;
