-- title: Delete keywords that are no longer trending
-- every: 1 day
-- phase: ai_enhancement
-- description: Rows of trending_keyword whose validity ended 30 days ago. Until then they say what was trending lately.

with deleted as (
    delete from public.trending_keyword
    where valid_until <= now() - interval '30 days'
    returning id
)
select count(*) as keywords_deleted
from deleted;
