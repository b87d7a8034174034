-- The history with refinery's own row beside each versioned file; a row on one side only is damage. The limit tells the
-- planner that there is one row of facts: for young tables without statistics it would assume a thousand, and compile the
-- query for tens of milliseconds.
select
    coalesce(h.phase, '') as phase,
    coalesce(h.name, r.name::text) as name,
    coalesce(h.phase_number, 0) as phase_number,
    coalesce(h.kind, 'refinery') as kind,
    coalesce(h.version, r.version) as version,
    h.sha256,
    coalesce(h.state, '') as state,
    coalesce(h.statements_done, 0) as statements_done,
    h.duration_ms,
    to_char(h.applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as applied_at,
    h.applied_by,
    h.tool_version,
    r.version is not null as in_refinery,
    m.format,
    m.system
from (select format, system from pgphase.meta limit 1) m
left join (
    pgphase.history h
    full join pgphase.refinery_schema_history r on r.version = h.version
) on true
order by h.phase_number, h.kind, h.version, h.name
