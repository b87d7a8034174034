-- Stripe: the journal of webhook events and the cache of what its API returned. For the service only, and security
-- invoker, so that a grant too many would still meet table privileges and row level security.

-- Webhook events

create or replace function public.log_stripe_webhook_event(
    p_stripe_event_id text,
    p_event_type text,
    p_event_data jsonb
)
returns uuid
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_id uuid;
begin
    if coalesce(btrim(p_stripe_event_id), '') = '' or coalesce(btrim(p_event_type), '') = '' then
        raise exception 'a webhook event needs Stripe''s event id and a type'
            using errcode = 'invalid_parameter_value';
    end if;
    -- Insert first: of two deliveries at once one inserts, the other waits for it and then reads its row. The loop is
    -- for a row that the clean-up deletes between the two statements.
    loop
        insert into public.stripe_webhook_events (stripe_event_id, event_type, event_data)
        values (p_stripe_event_id, p_event_type, p_event_data)
        on conflict (stripe_event_id) do nothing
        returning id into v_id;
        if found then
            return v_id;
        end if;

        select e.id into v_id
        from public.stripe_webhook_events e
        where e.stripe_event_id = p_stripe_event_id;
        if found then
            return v_id;
        end if;
    end loop;
end
$$;

comment on function public.log_stripe_webhook_event(text, text, jsonb) is
    'Records a delivered event and returns its row''s id: the same one however often, and from wherever, it is delivered.';

create or replace function public.mark_webhook_processed(p_stripe_event_id text, p_error_message text default null)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    if p_error_message is null then
        update public.stripe_webhook_events
        set processed = true,
            processed_at = coalesce(processed_at, now()),
            error_message = null
        where stripe_event_id = p_stripe_event_id;
    else
        -- An event that was acted upon stays so, whatever a late second attempt reports.
        update public.stripe_webhook_events
        set error_message = case when processed then error_message else p_error_message end,
            retry_count = retry_count + case when processed then 0 else 1 end
        where stripe_event_id = p_stripe_event_id;
    end if;
    if not found then
        raise exception 'no webhook event %', coalesce(quote_literal(p_stripe_event_id), 'null')
            using errcode = 'no_data_found', hint = 'log_stripe_webhook_event records an event first.';
    end if;
end
$$;

comment on function public.mark_webhook_processed(text, text) is
    'Records an attempt''s outcome: without an error the event is processed, with one it counts as a failed attempt.';

create or replace function public.retry_failed_webhooks(p_max_retries integer default 3)
returns table (event_id uuid, stripe_event_id text, event_type text, retry_count integer)
language sql
stable
parallel safe
set search_path = ''
as $$
    select e.id, e.stripe_event_id, e.event_type, e.retry_count
    from public.stripe_webhook_events e
    where not e.processed
        and e.retry_count < p_max_retries
        and e.created_at > now() - interval '24 hours'
    order by e.created_at, e.id
    limit 100;
$$;

comment on function public.retry_failed_webhooks(integer) is
    'Up to 100 events of the last 24 hours that are not processed and have attempts left, oldest first.';

create or replace function public.cleanup_old_webhook_events(p_days_old integer default 90)
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_deleted integer;
begin
    if p_days_old is null or p_days_old < 0 then
        raise exception 'days must be 0 or more, not %', coalesce(p_days_old::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;
    delete from public.stripe_webhook_events
    where processed
        and created_at < now() - make_interval(days => p_days_old);
    get diagnostics v_deleted = row_count;
    return v_deleted;
end
$$;

comment on function public.cleanup_old_webhook_events(integer) is
    'Deletes processed events older than this many days and says how many; unprocessed ones are kept.';

-- Cache. Keys are stripe:<object>:<id>, with :<part> after it for parts of an object, and stripe:<objects> for lists.

create or replace function public.cache_stripe_data(p_cache_key text, p_data jsonb, p_ttl_seconds integer default 3600)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_expires_at timestamptz;
begin
    if coalesce(btrim(p_cache_key), '') = '' or p_data is null then
        raise exception 'the cache needs a key and a value'
            using errcode = 'invalid_parameter_value';
    end if;
    if p_ttl_seconds is null or p_ttl_seconds <= 0 then
        raise exception 'time to live must be positive, not % seconds', coalesce(p_ttl_seconds::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;
    v_expires_at := statement_timestamp() + make_interval(secs => p_ttl_seconds);

    insert into public.cache_store as c (key, value, category, expires_at)
    values (p_cache_key, p_data, 'stripe', v_expires_at)
    on conflict (key) do update
    set value = excluded.value,
        expires_at = excluded.expires_at
    where c.category = 'stripe';
    if not found then
        raise exception 'cache key % belongs to another category', quote_literal(p_cache_key)
            using errcode = 'unique_violation', hint = 'Keys of this cache begin with stripe:.';
    end if;
end
$$;

comment on function public.cache_stripe_data(text, jsonb, integer) is
    'Keeps a value for so many seconds; replaces an older one, but never another category''s entry.';

create or replace function public.get_cached_stripe_data(p_cache_key text)
returns jsonb
language sql
stable
parallel safe
set search_path = ''
as $$
    select c.value
    from public.cache_store c
    where c.key = p_cache_key
        and c.category = 'stripe'
        and (c.expires_at is null or c.expires_at > statement_timestamp());
$$;

comment on function public.get_cached_stripe_data(text) is 'The value cached under this key; null when there is none or it expired.';

create or replace function public.invalidate_stripe_cache(p_pattern text default '%')
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_deleted integer;
begin
    -- Only % is a wildcard: Stripe's ids are full of underscores, and each must match itself alone.
    delete from public.cache_store
    where category = 'stripe'
        and key like replace(replace(p_pattern, '\', '\\'), '_', '\_') escape '\';
    get diagnostics v_deleted = row_count;
    return v_deleted;
end
$$;

comment on function public.invalidate_stripe_cache(text) is
    'Deletes the Stripe cache entries whose key matches, % standing for anything and every other character for itself.';

create or replace function public.invalidate_stripe_cache_from_webhook(p_event_type text, p_object_id text)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_object text := case
        when p_event_type like 'product.%' then 'product'
        when p_event_type like 'price.%' then 'price'
        when p_event_type like 'customer.subscription.%' then 'subscription'
        when p_event_type like 'customer.%' then 'customer'
    end;
    v_key text := 'stripe:' || v_object || ':' || p_object_id;
    v_list text := 'stripe:' || v_object || 's';
begin
    if v_object is null then
        return;
    end if;
    if coalesce(btrim(p_object_id), '') = '' then
        raise exception 'event % comes without an object id', quote_literal(p_event_type)
            using errcode = 'invalid_parameter_value';
    end if;
    -- No pattern at all: an id is compared as it is.
    delete from public.cache_store
    where category = 'stripe'
        and (
            key in (v_key, v_list)
            or starts_with(key, v_key || ':')
            or starts_with(key, v_list || ':')
        );
end
$$;

comment on function public.invalidate_stripe_cache_from_webhook(text, text) is
    'Drops what the cache holds of a changed product, price, subscription or customer, and the lists it may be in. Other '
    'events are ignored.';

-- Who may execute what

revoke execute on function
    public.log_stripe_webhook_event(text, text, jsonb),
    public.mark_webhook_processed(text, text),
    public.retry_failed_webhooks(integer),
    public.cleanup_old_webhook_events(integer),
    public.cache_stripe_data(text, jsonb, integer),
    public.get_cached_stripe_data(text),
    public.invalidate_stripe_cache(text),
    public.invalidate_stripe_cache_from_webhook(text, text)
from public, anon, authenticated, service_role;

grant execute on function
    public.log_stripe_webhook_event(text, text, jsonb),
    public.mark_webhook_processed(text, text),
    public.retry_failed_webhooks(integer),
    public.cleanup_old_webhook_events(integer),
    public.cache_stripe_data(text, jsonb, integer),
    public.get_cached_stripe_data(text),
    public.invalidate_stripe_cache(text),
    public.invalidate_stripe_cache_from_webhook(text, text)
to service_role;
