-- title: Switch off platform connections that have lapsed
-- every: 6 hours
-- phase: platform_oauth
-- description: A connection whose access token ended a day ago, and which nobody refreshed since (access tokens often
--   live for an hour only, so a fresh one may just be overdue), is switched off, and its user told once to connect
--   again. The OAuth callback switches it on again.

with lapsed as (
    select c.id, c.user_id, p.display_name as platform_name
    from public.platform_connection c
    join public.platform p on p.id = c.platform_id
    where c.is_active
        and c.token_expires_at <= now() - interval '1 day'
    -- One that is being refreshed at this moment is for the next run.
    for no key update of c skip locked
),
switched_off as (
    update public.platform_connection c
    set is_active = false,
        last_error = 'The access token expired and was not refreshed.'
    from lapsed
    where c.id = lapsed.id
    returning c.id
),
told as (
    insert into public.notification
        (user_id, type, title, message, action_label, related_entity_type, related_entity_id)
    select
        lapsed.user_id,
        'warning',
        lapsed.platform_name || ' is no longer connected',
        'Your permission has expired, so nothing is synchronised any more. Connect ' || lapsed.platform_name || ' again to go on.',
        'Connect again',
        'platform_connection',
        lapsed.id
    from lapsed
    join switched_off on switched_off.id = lapsed.id
    returning id
)
select
    (select count(*) from switched_off) as connections_switched_off,
    (select count(*) from told) as users_told;
