-- Which of the wanted objects are there already. A routine collides only with one of the same argument types: others
-- are overloads. A table owns a type of its name, so a type collides with a table and the other way round.
select w.label || ' ' || case when w.class = 'schema' then '' else w.schema || '.' end || w.name
    || case when w.class = 'routine' then '(' || w.arguments || ')' else '' end
from jsonb_to_recordset($1) as w (class text, label text, schema text, name text, arguments text)
left join pg_catalog.pg_namespace n on n.nspname = w.schema
where case w.class
    when 'schema' then to_regnamespace(quote_ident(w.name)) is not null
    when 'relation' then
        exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = w.name)
        or exists (
            select from pg_catalog.pg_type t
            where t.typnamespace = n.oid and t.typname = w.name and w.label in ('table', 'view', 'materialized view')
        )
    when 'type' then
        exists (select from pg_catalog.pg_type t where t.typnamespace = n.oid and t.typname = w.name)
    when 'routine' then
        exists (select from pg_catalog.pg_proc p where p.pronamespace = n.oid and p.proname = w.name)
        and to_regprocedure(format('%I.%I(%s)', w.schema, w.name, w.arguments)) is not null
    else false
end
order by 1
