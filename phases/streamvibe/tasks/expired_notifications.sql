-- title: Delete expired notifications
-- every: 1 day
-- phase: user_onboarding
-- description: Notifications past their expiry, read or not. Those without one stay until the user deletes them.

with deleted as (
    delete from public.notification
    where expires_at <= now()
    returning id
)
select count(*) as notifications_deleted
from deleted;
