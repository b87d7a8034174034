select
    k.oid,
    k.conrelid,
    k.contypid,
    k.conname,
    k.contype,
    k.convalidated,
    k.conindid,
    pg_get_constraintdef(k.oid),
    k.conparentid
from pg_constraint k
where k.contypid = any (current_setting('pgphase.types')::oid[]) and k.contype = 'c';
