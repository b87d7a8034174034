-- Who holds the run lock of this database. Without pg_read_all_stats, other roles' sessions show their name only.
select
    held.pid,
    coalesce(activity.usename::text, '') as usename,
    coalesce(activity.application_name, '') as application_name,
    coalesce(host(activity.client_addr), '') as client_address,
    coalesce(activity.state, '') as state,
    extract(epoch from clock_timestamp() - activity.backend_start)::float8 as connected_seconds
from pg_catalog.pg_locks as held
left join pg_catalog.pg_stat_activity as activity on activity.pid = held.pid
where held.locktype = 'advisory'
    and held.granted
    and held.database = (select oid from pg_catalog.pg_database where datname = current_database())
    and held.classid = ($1::int8 >> 32)::oid
    and held.objid = ($1::int8 & 4294967295)::oid
    and held.objsubid = 1
limit 1
