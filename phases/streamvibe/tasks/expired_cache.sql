-- title: Delete expired cache entries
-- every: 1 day
-- phase: user_onboarding
-- description: Entries of cache_store past their expiry. Those without one stay.

with deleted as (
    delete from public.cache_store
    where expires_at <= now()
    returning key
)
select count(*) as entries_deleted
from deleted;
