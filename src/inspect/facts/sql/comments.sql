-- Comments of the objects themselves and of columns.
select d.classoid::regclass, d.objoid, d.objsubid, d.description
from pg_description d
where d.objoid = any (
    (
        (current_setting('pgphase.relations') || '}')::oid[]
        || (current_setting('pgphase.functions') || '}')::oid[]
        || (current_setting('pgphase.types') || '}')::oid[]
    )::oid[]
);
