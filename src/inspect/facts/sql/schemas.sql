select n.oid, n.nspname, n.nspowner::regrole, n.nspacl
from pg_namespace n
where n.oid = any (current_setting('pgphase.schemas')::oid[]);
