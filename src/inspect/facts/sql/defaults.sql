select d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid)
from pg_attrdef d
where d.adrelid = any (current_setting('pgphase.relations')::oid[]);
