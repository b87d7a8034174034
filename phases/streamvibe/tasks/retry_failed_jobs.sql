-- title: Put failed jobs back into the queue
-- every: 5 minutes
-- phase: async_infrastructure
-- description: Failed jobs that have retries left, have not expired and have been idle for five minutes, as far as
--   their users' limit of ten active jobs allows.

select count(*) as jobs_retried
from public.retry_failed_jobs();
