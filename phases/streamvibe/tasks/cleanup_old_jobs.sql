-- title: Delete old jobs
-- every: 1 day
-- phase: async_infrastructure
-- description: Jobs completed or cancelled 7 days ago, and jobs that failed for good 30 days ago, with their logs.

select deleted_count as jobs_deleted
from public.cleanup_old_jobs();
