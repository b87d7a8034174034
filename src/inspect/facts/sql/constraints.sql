-- NOT NULL is an attribute of the column; newer servers also keep it as a constraint (n), which counts only where it is
-- not validated. What children inherit is the parent's; what partitions inherit (conparentid) is left out by the reader,
-- since a condition on it would make the planner take the index on it.
select
    k.oid,
    k.conrelid,
    k.contypid,
    k.conname,
    k.contype,
    k.convalidated,
    k.conindid,
    pg_get_constraintdef(k.oid),
    k.conparentid,
    -- A restore with --disable-triggers that broke off leaves them disabled, or firing on replicas only.
    case
        when k.contype = 'f' or k.condeferrable then (
            select 'off'
            from pg_trigger t
            where t.tgconstraint = k.oid and t.tgisinternal and t.tgenabled in ('D', 'R')
            limit 1
        )
    end
from pg_constraint k
where k.conrelid = any (current_setting('pgphase.relations')::oid[])
    and (
        k.contype in ('p', 'u', 'x')
        or k.contype in ('c', 'f') and k.conislocal
        or k.contype = 'n' and not k.convalidated
    );
