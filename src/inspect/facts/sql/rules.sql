select r.oid, r.ev_class, r.rulename, r.ev_enabled, pg_get_ruledef(r.oid)
from pg_rewrite r
where r.ev_class = any (current_setting('pgphase.relations')::oid[]) and r.rulename <> '_RETURN';
