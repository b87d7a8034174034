-- title: Recompute follower totals
-- every: 1 week
-- phase: discovery_platform
-- description: users.total_followers_count of everybody who has, or had, a social account.

with candidates as materialized (
    select u.id, u.total_followers_count
    from public.users u
    where u.total_followers_count > 0
        or exists (
            select
            from public.social_account a
            where a.user_id = u.id
        )
    order by u.id
),
recomputed as materialized (
    select c.id, public.update_total_followers(c.id)::text as done
    from candidates c
)
select count(recomputed.done) as users_recomputed
from recomputed;
