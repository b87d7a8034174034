-- NOT NULL is an attribute of the column; newer servers also keep it as a constraint (n), which counts only where it is
-- not validated. What partitions and children inherit is the parent's. The last column hands on which indexes stand
-- behind constraints and need no definition of their own.
select
    k.oid,
    k.conrelid,
    k.contypid,
    k.conname,
    k.contype,
    k.convalidated,
    k.conindid,
    pg_get_constraintdef(k.oid),
    case
        when k.contype in ('p', 'u', 'x') then
            set_config(
                'pgphase.constraint_indexes',
                current_setting('pgphase.constraint_indexes') || ',' || k.conindid,
                true
            )
    end is null
from pg_constraint k
where k.conrelid = any ((current_setting('pgphase.relations') || '}')::oid[])
    and k.conislocal
    and k.conparentid = 0
    and (k.contype in ('c', 'f', 'p', 'u', 'x') or k.contype = 'n' and not k.convalidated);
