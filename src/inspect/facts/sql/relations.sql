-- Tables, views, sequences and composite types. The last column hands their numbers on.
select
    c.oid,
    c.relnamespace::regnamespace,
    c.relname,
    c.relkind,
    c.relpersistence,
    c.relrowsecurity,
    c.relforcerowsecurity,
    c.relreplident,
    c.reloptions || (
        select array_agg('toast.' || o.option)
        from pg_class toast
        cross join unnest(toast.reloptions) o (option)
        where toast.oid = c.reltoastrelid
    ),
    c.relowner::regrole,
    c.relacl,
    set_config('pgphase.relations', concat('{', c.oid, ',', substr(current_setting('pgphase.relations'), 2)), true) is null
from pg_class c
where :relations and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c');
