-- title: Recompute the clicks of the last days
-- every: 1 day
-- phase: discovery_platform
-- description: content_item.clicks_last_7_days and clicks_last_30_days, from the recorded clicks. Only rows whose
--   numbers changed are written.

with counted as (
    select
        k.content_id,
        count(*) filter (where k.clicked_at > now() - interval '7 days') as last_7_days,
        count(*) as last_30_days
    from public.content_click k
    where k.clicked_at > now() - interval '30 days'
        and k.clicked_at <= now()
    group by k.content_id
),
changed as (
    -- In the order of the ids, as every run: two at once wait for each other instead of deadlocking.
    select c.id, coalesce(counted.last_7_days, 0) as last_7_days, coalesce(counted.last_30_days, 0) as last_30_days
    from public.content_item c
    left join counted on counted.content_id = c.id
    where c.clicks_last_7_days is distinct from coalesce(counted.last_7_days, 0)
        or c.clicks_last_30_days is distinct from coalesce(counted.last_30_days, 0)
    order by c.id
    for no key update of c
),
updated as (
    update public.content_item c
    set clicks_last_7_days = changed.last_7_days,
        clicks_last_30_days = changed.last_30_days
    from changed
    where c.id = changed.id
    returning c.id
)
select count(*) as items_updated
from updated;
