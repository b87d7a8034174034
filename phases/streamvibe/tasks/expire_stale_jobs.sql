-- title: Fail jobs that no worker took in time
-- every: 10 minutes
-- phase: async_infrastructure
-- description: Pending jobs past their expiry (24 hours after they were due) become failed, JOB_EXPIRED.

select count(*) as jobs_expired
from public.expire_stale_jobs();
