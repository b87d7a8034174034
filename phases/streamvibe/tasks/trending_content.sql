-- title: Recompute what is trending
-- every: 1 day
-- phase: discovery_platform
-- description: Fills trending_content: the 100 items with the highest calculate_trend_score for each of today, week,
--   month and all_time. Only content that everybody may see. The clicks are those of the period (one a visitor
--   and day), and so are the items: published or clicked in it. What drops out is removed; what stays keeps the time it entered.

-- Runs at the same time go one after the other; readers do not wait.
lock table public.trending_content in share row exclusive mode;

with period (trend_category, since) as (
    values
        ('today', now() - interval '1 day'),
        ('week', now() - interval '7 days'),
        ('month', now() - interval '30 days'),
        ('all_time', '-infinity'::timestamptz)
),
visible as materialized (
    select c.id, c.total_clicks, c.views_count, c.published_at
    from public.content_item c
    join private.public_account a on a.id = c.social_account_id
    where c.visibility = 'public'
        and c.deleted_at is null
        and c.published_at <= now()
),
clicked as (
    -- A visitor counts once a day: the user, else the address, else (neither is known) the click by itself.
    select
        p.trend_category,
        k.content_id,
        count(distinct (
            coalesce(k.user_id::text, host(k.ip_address), k.id::text),
            (k.clicked_at at time zone 'UTC')::date
        ))::integer as clicks
    from period p
    join public.content_click k on k.clicked_at > p.since and k.clicked_at <= now()
    where p.trend_category <> 'all_time' -- clicks are deleted after 90 days; content_item has the total
    group by p.trend_category, k.content_id
),
candidate as (
    select
        p.trend_category,
        v.id,
        v.views_count,
        v.published_at,
        case when p.trend_category = 'all_time' then coalesce(v.total_clicks, 0) else coalesce(k.clicks, 0) end as clicks
    from period p
    cross join visible v
    left join clicked k on k.trend_category = p.trend_category and k.content_id = v.id
    where v.published_at > p.since
        or k.content_id is not null
),
scored as (
    select c.*, public.calculate_trend_score(c.clicks, c.views_count, c.published_at) as score
    from candidate c
),
ranked as (
    select
        s.*,
        row_number() over (
            partition by s.trend_category
            order by s.score desc, s.clicks desc, s.views_count desc nulls last, s.published_at desc, s.id
        ) as rank
    from scored s
),
top as (
    select *
    from ranked
    where rank <= 100
),
written as (
    insert into public.trending_content as t (content_id, trend_score, trend_category, rank_position)
    select top.id, top.score, top.trend_category, top.rank
    from top
    on conflict (content_id, trend_category) do update
    set trend_score = excluded.trend_score,
        rank_position = excluded.rank_position,
        last_updated_at = now()
    returning t.id
),
removed as (
    delete from public.trending_content t
    where not exists (
        select
        from top
        where top.id = t.content_id
            and top.trend_category = t.trend_category
    )
    returning t.id
)
select
    (select count(*) from written) as items_trending,
    (select count(*) from removed) as items_removed;
