-- The definition of a plain trigger is put together by the reader, which costs the server nothing.
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
where t.tgrelid = any (current_setting('pgphase.relations')::oid[]) and not t.tgisinternal and t.tgparentid = 0;
