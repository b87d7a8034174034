select c.oid, pg_get_viewdef(c.oid)
from pg_class c
where c.oid = any (current_setting('pgphase.relations')::oid[]) and c.relkind in ('v', 'm');
