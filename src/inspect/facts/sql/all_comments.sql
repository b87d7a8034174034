-- Comments of everything that a user made; oids below 16384 are the server's own, apart from schema public.
select d.classoid::regclass, d.objoid, d.objsubid, d.description
from pg_description d
where d.objoid >= 16384 or d.objoid = to_regnamespace('public');
