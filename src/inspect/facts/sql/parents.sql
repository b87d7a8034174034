select i.inhrelid, i.inhparent::regclass
from pg_inherits i
where i.inhrelid = any (current_setting('pgphase.relations')::oid[])
order by i.inhrelid, i.inhseqno;
