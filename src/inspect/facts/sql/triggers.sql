select t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgrelid::regclass, pg_get_triggerdef(t.oid)
from pg_trigger t
where t.tgrelid = any ((current_setting('pgphase.relations') || '}')::oid[]) and not t.tgisinternal and t.tgparentid = 0;
