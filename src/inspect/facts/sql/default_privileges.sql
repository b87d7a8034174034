select d.defaclnamespace::regnamespace, d.defaclobjtype, d.defaclrole::regrole, d.defaclacl
from pg_default_acl d
where d.defaclnamespace = any (current_setting('pgphase.schemas')::oid[]);
