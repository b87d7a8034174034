select p.pubname, null, s.pnnspid::regnamespace, null, null
from pg_publication_namespace s
join pg_publication p on p.oid = s.pnpubid
where s.pnnspid = any (current_setting('pgphase.schemas')::oid[]);
