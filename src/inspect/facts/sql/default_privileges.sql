select d.defaclnamespace::regnamespace, d.defaclobjtype, d.defaclrole::regrole, d.defaclacl
from pg_default_acl d
where d.defaclnamespace = any (array(select n.oid from pg_namespace n where n.nspname = any (:schemas)));
