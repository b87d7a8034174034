select s.oid, n.nspname, s.stxname, s.stxrelid, coalesce(s.stxstattarget, -1), pg_get_statisticsobjdef(s.oid)
from pg_statistic_ext s
join pg_namespace n on n.oid = s.stxnamespace
where s.stxrelid = any (current_setting('pgphase.relations')::oid[]);
