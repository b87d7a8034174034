-- The last column hands their numbers on.
select
    t.oid,
    t.typnamespace::regnamespace,
    t.typname,
    t.typtype,
    t.typrelid,
    t.typowner::regrole,
    t.typacl,
    set_config('pgphase.types', concat('{', t.oid, ',', substr(current_setting('pgphase.types'), 2)), true) is null
from pg_type t
where :types and t.typtype in ('e', 'd', 'r', 'c', 'b') and t.typcategory <> 'A';
