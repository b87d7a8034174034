-- title: Fail jobs that hang
-- every: 15 minutes
-- phase: async_infrastructure
-- description: Jobs that have been processing for more than 30 minutes become failed, JOB_TIMEOUT; retry_failed_jobs
--   gives them another try.

select count(*) as jobs_timed_out, max(stuck_duration) as longest
from public.detect_stuck_jobs();
