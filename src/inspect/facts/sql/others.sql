-- Objects of any other kind in our schemas (operators, collations, text search configurations, ...): that they exist.
select d.classid::regclass, d.objid, o.type, o.identity
from pg_depend d
cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
where d.refclassid = 'pg_namespace'::regclass
    and d.refobjid = any (current_setting('pgphase.schemas')::oid[])
    and d.deptype = 'n'
    and d.classid not in (
        'pg_class'::regclass,
        'pg_proc'::regclass,
        'pg_type'::regclass,
        'pg_statistic_ext'::regclass,
        'pg_default_acl'::regclass,
        'pg_publication_namespace'::regclass,
        'pg_extension'::regclass
    );
