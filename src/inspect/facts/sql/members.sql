-- Objects that belong to extensions.
select d.classid::regclass, d.objid
from pg_depend d
where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e';
