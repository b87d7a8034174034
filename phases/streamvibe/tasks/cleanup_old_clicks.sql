-- title: Delete old clicks
-- every: 1 week
-- phase: discovery_platform
-- description: Clicks recorded more than 90 days ago, with the visitors' addresses and browsers. The totals on
--   content_item stay.

with deleted as (
    delete from public.content_click
    where clicked_at < now() - interval '90 days'
    returning id
)
select count(*) as clicks_deleted
from deleted;
