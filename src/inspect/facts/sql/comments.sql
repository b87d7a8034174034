-- Comments of the objects themselves, of columns and of the schemas.
select d.classoid::regclass, d.objoid, d.objsubid, d.description
from pg_description d
where d.objoid = any (
    (
        current_setting('pgphase.relations')::oid[]
        || current_setting('pgphase.functions')::oid[]
        || current_setting('pgphase.types')::oid[]
        || current_setting('pgphase.schemas')::oid[]
    )::oid[]
);
