select
    i.indexrelid,
    i.indrelid,
    i.indexrelid::regclass,
    i.indisvalid and i.indisready and i.indislive,
    i.indisclustered,
    i.indisreplident,
    case when not i.indisprimary and not i.indisexclusion then pg_get_indexdef(i.indexrelid) end
from pg_index i
where i.indrelid = any (current_setting('pgphase.relations')::oid[]);
