-- Comments of the objects themselves, of columns and of the schemas.
select d.classoid::regclass, d.objoid, d.objsubid, d.description
from pg_description d
where d.objoid = any (
    (
        (current_setting('pgphase.relations') || '}')::oid[]
        || (current_setting('pgphase.functions') || '}')::oid[]
        || (current_setting('pgphase.types') || '}')::oid[]
        || array(select n.oid from pg_namespace n where n.nspname = any (:schemas))
    )::oid[]
);
