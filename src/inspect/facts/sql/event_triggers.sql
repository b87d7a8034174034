select e.oid, e.evtname, e.evtevent, e.evtenabled, e.evttags, e.evtfoid::regprocedure
from pg_event_trigger e
where e.evtfoid = any ((select current_setting('pgphase.functions')::oid[])::oid[]);
