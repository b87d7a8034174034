select
    (select p.pubname from pg_publication p where p.oid = r.prpubid),
    r.prrelid,
    null,
    pg_get_expr(r.prqual, r.prrelid),
    (
        select array_agg(a.attname order by a.attname)
        from pg_attribute a
        where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)
    )
from pg_publication_rel r
where r.prrelid = any (current_setting('pgphase.relations')::oid[]);
