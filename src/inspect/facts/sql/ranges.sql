select
    r.rngtypid,
    concat_ws(
        ', ',
        format_type(r.rngsubtype, null),
        'collation ' || nullif(nullif(r.rngcollation, 0), 100)::regcollation,
        'canonical ' || nullif(r.rngcanonical::oid, 0)::regproc,
        'subtype_diff ' || nullif(r.rngsubdiff::oid, 0)::regproc
    )
from pg_range r
where r.rngtypid = any (current_setting('pgphase.types')::oid[]);
