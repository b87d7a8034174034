select
    s.seqrelid,
    format_type(s.seqtypid, null),
    s.seqstart,
    s.seqincrement,
    s.seqmin,
    s.seqmax,
    s.seqcache,
    s.seqcycle,
    d.refobjid,
    d.refobjsubid
from pg_sequence s
left join pg_depend d on d.classid = 'pg_class'::regclass
    and d.objid = s.seqrelid
    and d.deptype in ('a', 'i')
    and d.refclassid = 'pg_class'::regclass
where s.seqrelid = any (current_setting('pgphase.relations')::oid[]);
