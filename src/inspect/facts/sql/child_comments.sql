-- Comments of what hangs on objects: constraints, indexes, triggers, policies and the like.
select d.classoid::regclass, d.objoid, d.objsubid, d.description
from pg_description d
where d.objoid >= 16384 and d.objsubid = 0 and d.classoid <> all ('{pg_proc,pg_type}'::regclass[]);
