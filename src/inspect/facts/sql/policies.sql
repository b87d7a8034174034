select
    p.oid,
    p.polrelid,
    p.polname,
    p.polcmd,
    p.polpermissive,
    p.polroles::regrole[],
    pg_get_expr(p.polqual, p.polrelid),
    pg_get_expr(p.polwithcheck, p.polrelid)
from pg_policy p
where p.polrelid = any (current_setting('pgphase.relations')::oid[]);
