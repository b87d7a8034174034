select f.ftrelid, s.srvname, f.ftoptions
from pg_foreign_table f
join pg_foreign_server s on s.oid = f.ftserver
where f.ftrelid = any (current_setting('pgphase.relations')::oid[]);
