-- Triggers on other schemas' tables whose function is one of ours.
select
    t.oid,
    t.tgrelid,
    t.tgname,
    t.tgenabled,
    t.tgrelid::regclass,
    t.tgtype,
    t.tgfoid::regproc,
    case
        when t.tgqual is not null
            or t.tgconstraint <> 0
            or t.tgnargs > 0
            or t.tgattr <> ''
            or t.tgoldtable is not null
            or t.tgnewtable is not null then
            pg_get_triggerdef(t.oid)
    end
from pg_trigger t
where not t.tgisinternal
    and t.tgparentid = 0
    and t.tgfoid = any ((select current_setting('pgphase.functions')::oid[])::oid[])
    and t.tgrelid <> all ((select current_setting('pgphase.relations')::oid[])::oid[]);
