-- title: Delete old webhook events
-- every: 1 week
-- phase: async_infrastructure
-- description: Stripe's events that were processed and arrived 90 days ago. Unprocessed ones stay; those that nothing
--   will retry any more (24 hours old, or three failed attempts) are counted, since somebody has to look at them.

select
    public.cleanup_old_webhook_events() as events_deleted,
    (
        select count(*)
        from public.stripe_webhook_events e
        where not e.processed
            and (e.retry_count >= 3 or e.created_at <= now() - interval '24 hours')
    ) as events_given_up;
