select e.enumtypid, e.enumlabel, e.enumsortorder
from pg_enum e
where e.enumtypid = any (current_setting('pgphase.types')::oid[]);
