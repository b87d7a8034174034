-- Objects that belong to extensions, and functions that came with a range type.
select d.classid::regclass, d.objid
from pg_depend d
where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
union all
select d.classid::regclass, d.objid
from pg_depend d
where d.refclassid = 'pg_type'::regclass and d.classid = 'pg_proc'::regclass and d.deptype = 'i';
