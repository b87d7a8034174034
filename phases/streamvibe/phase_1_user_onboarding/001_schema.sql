-- StreamVibe, phase 1: user onboarding. Profiles, roles, settings, subscriptions, quotas, notifications, audit, cache.
--
-- Needs: Supabase's auth.users, the roles anon, authenticated and service_role. No phase before it.
-- Personal data (e-mail address, full name, location) stays in auth.users; no table here has a column for it.
-- Supabase gives anon, authenticated and service_role everything on each new table: what they may is therefore revoked
-- by name and granted anew.

-- Helpers that are not part of the documented interface: trigger functions, what policies call. The Data API does not
-- expose this schema; its usage is needed because policies run as the role that queries.
create schema private;
comment on schema private is 'StreamVibe''s helpers for triggers and policies. Not exposed by the Data API.';
revoke all on schema private from public;
grant usage on schema private to anon, authenticated, service_role;

-- Types ---------------------------------------------------------------------------------------------------------------

create type public.visibility_enum as enum ('public', 'private', 'unlisted');
comment on type public.visibility_enum is 'Who may see an account or a piece of content.';

create type public.app_role_enum as enum ('user', 'admin', 'moderator');
comment on type public.app_role_enum is 'Role of a user in the application; no database role.';

create type public.notification_type_enum as enum ('info', 'success', 'warning', 'error');
comment on type public.notification_type_enum is 'Tone of a notification.';

create type public.action_mode_enum as enum ('auto', 'manual', 'disabled');
comment on type public.action_mode_enum is 'Whether an action runs by itself, on request, or not at all.';

-- Tables --------------------------------------------------------------------------------------------------------------

create table public.users (
    id uuid not null,
    avatar_url text,
    timezone text default 'UTC',
    language text default 'en',
    is_onboarded boolean default false,
    onboarded_at timestamptz,
    display_name text,
    bio text,
    website_url text,
    is_verified boolean default false,
    profile_slug text,
    primary_category text,
    total_followers_count bigint default 0,
    profile_views_count bigint default 0,
    profile_clicks_count bigint default 0,
    is_public boolean default true,
    seo_title text,
    seo_description text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint users_id_fkey foreign key (id) references auth.users (id) on delete cascade,
    constraint users_profile_slug_key unique (profile_slug),
    constraint users_profile_slug_check check (profile_slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(profile_slug) <= 80),
    constraint users_language_check check (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    constraint users_display_name_check check (length(display_name) <= 100),
    constraint users_bio_check check (length(bio) <= 5000),
    constraint users_website_url_check check (website_url ~* '^https?://'),
    constraint users_total_followers_count_check check (total_followers_count >= 0),
    constraint users_profile_views_count_check check (profile_views_count >= 0),
    constraint users_profile_clicks_count_check check (profile_clicks_count >= 0)
);
comment on table public.users is 'Profile of an account, made at sign-up. Public profiles are visible to everybody; no personal data here.';
comment on column public.users.id is 'The account in auth.users; the profile goes with it.';
comment on column public.users.avatar_url is 'Picture, as an address.';
comment on column public.users.timezone is 'IANA time zone that dates are shown in.';
comment on column public.users.language is 'Language tag of the interface, for example en or pt-BR.';
comment on column public.users.is_onboarded is 'Has been through the first steps.';
comment on column public.users.onboarded_at is 'When the first steps were finished.';
comment on column public.users.display_name is 'Name that others see, chosen by the user; never copied from the sign-in provider.';
comment on column public.users.bio is 'About the creator, plain text.';
comment on column public.users.website_url is 'Creator''s own site; http or https only, since others click on it.';
comment on column public.users.is_verified is 'Verified badge. Set by administrators, never by the user.';
comment on column public.users.profile_slug is 'Last part of the profile''s address: lower-case words joined by hyphens.';
comment on column public.users.primary_category is 'Main content category, by code.';
comment on column public.users.total_followers_count is 'Sum of the followers of the user''s social accounts.';
comment on column public.users.profile_views_count is 'How often the profile was opened.';
comment on column public.users.profile_clicks_count is 'How often something on the profile was clicked.';
comment on column public.users.is_public is 'The profile is visible to everybody. Kept equal to user_setting.is_profile_public.';
comment on column public.users.seo_title is 'Title for search engines.';
comment on column public.users.seo_description is 'Description for search engines.';
comment on column public.users.created_at is 'When the profile was made.';
comment on column public.users.updated_at is 'When the profile last changed.';

create table public.user_role (
    user_id uuid not null,
    role public.app_role_enum not null default 'user',
    granted_at timestamptz not null default now(),
    granted_by uuid,
    constraint user_role_pkey primary key (user_id, role),
    constraint user_role_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint user_role_granted_by_fkey foreign key (granted_by) references public.users (id) on delete set null
);
comment on table public.user_role is 'Roles a user has in the application. Granted by administrators and the service role only.';
comment on column public.user_role.user_id is 'Who has the role.';
comment on column public.user_role.role is 'The role.';
comment on column public.user_role.granted_at is 'Since when.';
comment on column public.user_role.granted_by is 'Administrator who granted it; null when the system did, or when that account is gone.';

create table public.user_setting (
    user_id uuid not null,
    is_email_notifications_enabled boolean default true,
    is_push_notifications_enabled boolean default true,
    is_weekly_digest_enabled boolean default true,
    is_auto_sync_enabled boolean default false,
    sync_frequency_hours integer default 24,
    is_auto_ai_analysis_enabled boolean default false,
    is_auto_apply_ai_suggestions_enabled boolean default false,
    is_auto_seo_submission_enabled boolean default false,
    is_profile_public boolean default true,
    is_analytics_enabled boolean default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_setting_pkey primary key (user_id),
    constraint user_setting_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint user_setting_sync_frequency_hours_check check (sync_frequency_hours between 1 and 720)
);
comment on table public.user_setting is 'What a user has switched on and off; one row a user, made at sign-up.';
comment on column public.user_setting.user_id is 'Whose settings.';
comment on column public.user_setting.is_email_notifications_enabled is 'Notifications by e-mail.';
comment on column public.user_setting.is_push_notifications_enabled is 'Notifications on the device.';
comment on column public.user_setting.is_weekly_digest_enabled is 'Weekly summary.';
comment on column public.user_setting.is_auto_sync_enabled is 'Content is synchronised without being asked for.';
comment on column public.user_setting.sync_frequency_hours is 'Hours between two synchronisations, 1 to 720.';
comment on column public.user_setting.is_auto_ai_analysis_enabled is 'New content is analysed without being asked for.';
comment on column public.user_setting.is_auto_apply_ai_suggestions_enabled is 'Suggestions are applied without being looked at.';
comment on column public.user_setting.is_auto_seo_submission_enabled is 'New content is submitted to search engines without being asked for.';
comment on column public.user_setting.is_profile_public is 'The profile is visible to everybody. Kept equal to users.is_public.';
comment on column public.user_setting.is_analytics_enabled is 'Visits and clicks may be counted.';
comment on column public.user_setting.created_at is 'When the row was made.';
comment on column public.user_setting.updated_at is 'When a setting last changed.';

create table public.subscription_tier (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    max_social_accounts integer not null default 1,
    max_syncs_per_month integer not null default 10,
    max_ai_analyses_per_month integer not null default 25,
    max_seo_submissions_per_month integer not null default 0,
    price_cents integer not null default 0,
    currency text not null default 'usd',
    stripe_price_id text,
    stripe_product_id text,
    is_featured boolean default false,
    is_active boolean default true,
    sort_order integer default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint subscription_tier_pkey primary key (id),
    constraint subscription_tier_slug_key unique (slug),
    constraint subscription_tier_max_social_accounts_check check (max_social_accounts >= 0),
    constraint subscription_tier_max_syncs_per_month_check check (max_syncs_per_month >= 0),
    constraint subscription_tier_max_ai_analyses_per_month_check check (max_ai_analyses_per_month >= 0),
    constraint subscription_tier_max_seo_submissions_per_month_check check (max_seo_submissions_per_month >= 0),
    constraint subscription_tier_price_cents_check check (price_cents >= 0),
    constraint subscription_tier_currency_check check (currency ~ '^[a-z]{3}$')
);
comment on table public.subscription_tier is 'What can be subscribed to, with its monthly limits and price.';
comment on column public.subscription_tier.id is 'Key.';
comment on column public.subscription_tier.slug is 'Name for programs: free, basic, premium.';
comment on column public.subscription_tier.display_name is 'Name for people.';
comment on column public.subscription_tier.description is 'One sentence for the pricing page.';
comment on column public.subscription_tier.max_social_accounts is 'Social accounts that may be connected at the same time.';
comment on column public.subscription_tier.max_syncs_per_month is 'Synchronisations a billing cycle; quota type sync.';
comment on column public.subscription_tier.max_ai_analyses_per_month is 'AI analyses a billing cycle; quota type ai_analysis.';
comment on column public.subscription_tier.max_seo_submissions_per_month is 'Submissions to search engines a billing cycle; quota type seo_submission.';
comment on column public.subscription_tier.price_cents is 'Price a month in the currency''s smallest unit.';
comment on column public.subscription_tier.currency is 'ISO 4217 code in lower case, as Stripe writes it.';
comment on column public.subscription_tier.stripe_price_id is 'Price at Stripe; filled in by the operator.';
comment on column public.subscription_tier.stripe_product_id is 'Product at Stripe; filled in by the operator.';
comment on column public.subscription_tier.is_featured is 'Highlighted on the pricing page.';
comment on column public.subscription_tier.is_active is 'Can be subscribed to; who has it keeps it.';
comment on column public.subscription_tier.sort_order is 'Place on the pricing page, lowest first.';
comment on column public.subscription_tier.created_at is 'When the tier was made.';
comment on column public.subscription_tier.updated_at is 'When the tier last changed.';

create table public.subscription_status (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    is_active_state boolean default true,
    created_at timestamptz not null default now(),
    constraint subscription_status_pkey primary key (id),
    constraint subscription_status_slug_key unique (slug)
);
comment on table public.subscription_status is 'States of a subscription.';
comment on column public.subscription_status.id is 'Key.';
comment on column public.subscription_status.slug is 'Name for programs: active, trialing, past_due, canceled, paused.';
comment on column public.subscription_status.display_name is 'Name for people.';
comment on column public.subscription_status.description is 'What the state means.';
comment on column public.subscription_status.is_active_state is 'A subscription in this state can be used: it has quota and may connect accounts.';
comment on column public.subscription_status.created_at is 'When the state was made.';

create table public.subscription (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    tier_id uuid not null,
    status_id uuid not null,
    syncs_used integer not null default 0,
    ai_analyses_used integer not null default 0,
    seo_submissions_used integer not null default 0,
    cycle_start_date timestamptz not null,
    cycle_end_date timestamptz not null,
    next_billing_date timestamptz,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price_id text,
    stripe_subscription_item_id_syncs text,
    stripe_subscription_item_id_ai text,
    stripe_subscription_item_id_seo text,
    is_auto_renew_enabled boolean default true,
    canceled_at timestamptz,
    cancellation_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint subscription_pkey primary key (id),
    constraint subscription_user_id_key unique (user_id),
    constraint subscription_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint subscription_tier_id_fkey foreign key (tier_id) references public.subscription_tier (id),
    constraint subscription_status_id_fkey foreign key (status_id) references public.subscription_status (id),
    constraint subscription_syncs_used_check check (syncs_used >= 0),
    constraint subscription_ai_analyses_used_check check (ai_analyses_used >= 0),
    constraint subscription_seo_submissions_used_check check (seo_submissions_used >= 0),
    constraint subscription_cycle_end_date_check check (cycle_end_date > cycle_start_date)
);
comment on table public.subscription is 'A user''s subscription and what has been used of it in the current billing cycle. Assigned by the service role.';
comment on column public.subscription.id is 'Key.';
comment on column public.subscription.user_id is 'Subscriber; one subscription a user.';
comment on column public.subscription.tier_id is 'What is subscribed to.';
comment on column public.subscription.status_id is 'State of the subscription.';
comment on column public.subscription.syncs_used is 'Synchronisations used in this cycle. Changed by increment_quota and decrement_quota.';
comment on column public.subscription.ai_analyses_used is 'AI analyses used in this cycle. Changed by increment_quota and decrement_quota.';
comment on column public.subscription.seo_submissions_used is 'Submissions used in this cycle. Changed by increment_quota and decrement_quota.';
comment on column public.subscription.cycle_start_date is 'Start of the billing cycle.';
comment on column public.subscription.cycle_end_date is 'End of the billing cycle; the used counters start anew then.';
comment on column public.subscription.next_billing_date is 'When Stripe bills next; null for a free subscription.';
comment on column public.subscription.stripe_customer_id is 'Customer at Stripe.';
comment on column public.subscription.stripe_subscription_id is 'Subscription at Stripe.';
comment on column public.subscription.stripe_price_id is 'Price at Stripe that this subscription pays; may be older than its tier''s.';
comment on column public.subscription.stripe_subscription_item_id_syncs is 'Item at Stripe that metered synchronisations are reported to.';
comment on column public.subscription.stripe_subscription_item_id_ai is 'Item at Stripe that metered AI analyses are reported to.';
comment on column public.subscription.stripe_subscription_item_id_seo is 'Item at Stripe that metered submissions are reported to.';
comment on column public.subscription.is_auto_renew_enabled is 'A new cycle begins when this one ends; otherwise the quota ends with it.';
comment on column public.subscription.canceled_at is 'When the user cancelled.';
comment on column public.subscription.cancellation_reason is 'Why, in the user''s words.';
comment on column public.subscription.created_at is 'When the subscription was made.';
comment on column public.subscription.updated_at is 'When the subscription last changed.';

create table public.notification (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    type public.notification_type_enum not null default 'info',
    title text not null,
    message text not null,
    action_url text,
    action_label text,
    metadata jsonb,
    related_entity_type text,
    related_entity_id uuid,
    is_read boolean not null default false,
    read_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint notification_pkey primary key (id),
    constraint notification_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade
);
comment on table public.notification is 'Messages of the system to a user. Written by the service role; the user marks them read or deletes them.';
comment on column public.notification.id is 'Key.';
comment on column public.notification.user_id is 'Recipient.';
comment on column public.notification.type is 'Tone.';
comment on column public.notification.title is 'Headline.';
comment on column public.notification.message is 'Text.';
comment on column public.notification.action_url is 'Where its button leads.';
comment on column public.notification.action_label is 'What its button says.';
comment on column public.notification.metadata is 'Further data for the client.';
comment on column public.notification.related_entity_type is 'Table of the thing it is about.';
comment on column public.notification.related_entity_id is 'Key of the thing it is about; no foreign key, since it may be gone.';
comment on column public.notification.is_read is 'The user has seen it.';
comment on column public.notification.read_at is 'When the user saw it.';
comment on column public.notification.expires_at is 'From when on it may be deleted; null: never.';
comment on column public.notification.created_at is 'When it was sent.';
comment on column public.notification.updated_at is 'When it last changed.';

create table public.audit_log (
    id uuid not null default gen_random_uuid(),
    user_id uuid,
    action text not null,
    entity_type text not null,
    entity_id uuid,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default now(),
    constraint audit_log_pkey primary key (id),
    constraint audit_log_user_id_fkey foreign key (user_id) references public.users (id) on delete set null
);
comment on table public.audit_log is 'Who did what. Written by the service role and by triggers; users read what concerns themselves.';
comment on column public.audit_log.id is 'Key.';
comment on column public.audit_log.user_id is 'Who did it; null when the system did, or when the account is gone.';
comment on column public.audit_log.action is 'What was done, for example role.granted.';
comment on column public.audit_log.entity_type is 'Table of the thing it was done to.';
comment on column public.audit_log.entity_id is 'Key of the thing it was done to; no foreign key, since it may be gone.';
comment on column public.audit_log.old_values is 'What was there before.';
comment on column public.audit_log.new_values is 'What is there now.';
comment on column public.audit_log.ip_address is 'Address the request came from, as the edge function saw it.';
comment on column public.audit_log.user_agent is 'Program the request came from.';
comment on column public.audit_log.created_at is 'When it was done.';

create table public.quota_usage_history (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    quota_type text not null,
    operation text not null,
    amount integer not null default 1,
    current_value integer not null,
    max_value integer not null,
    related_entity_type text,
    related_entity_id uuid,
    reason text,
    billing_cycle_start timestamptz not null,
    billing_cycle_end timestamptz not null,
    created_at timestamptz not null default now(),
    constraint quota_usage_history_pkey primary key (id),
    constraint quota_usage_history_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint quota_usage_history_quota_type_check check (quota_type in ('sync', 'ai_analysis', 'seo_submission')),
    constraint quota_usage_history_operation_check check (operation in ('increment', 'decrement', 'reset')),
    constraint quota_usage_history_amount_check check (amount >= 0),
    constraint quota_usage_history_current_value_check check (current_value >= 0),
    constraint quota_usage_history_billing_cycle_end_check check (billing_cycle_end > billing_cycle_start)
);
comment on table public.quota_usage_history is 'Every change of a quota counter. Written by increment_quota and decrement_quota.';
comment on column public.quota_usage_history.id is 'Key.';
comment on column public.quota_usage_history.user_id is 'Whose quota.';
comment on column public.quota_usage_history.quota_type is 'Which counter: sync, ai_analysis or seo_submission.';
comment on column public.quota_usage_history.operation is 'increment (used), decrement (given back) or reset (a new cycle).';
comment on column public.quota_usage_history.amount is 'By how much the counter really changed; 0 when nothing was left to give back.';
comment on column public.quota_usage_history.current_value is 'The counter afterwards.';
comment on column public.quota_usage_history.max_value is 'The tier''s limit at that time.';
comment on column public.quota_usage_history.related_entity_type is 'Table of what it was used for.';
comment on column public.quota_usage_history.related_entity_id is 'Key of what it was used for; no foreign key, since it may be gone.';
comment on column public.quota_usage_history.reason is 'Why it was given back.';
comment on column public.quota_usage_history.billing_cycle_start is 'Start of the billing cycle that it counts in.';
comment on column public.quota_usage_history.billing_cycle_end is 'End of the billing cycle that it counts in.';
comment on column public.quota_usage_history.created_at is 'When.';

create table public.cache_store (
    key text not null,
    value jsonb not null,
    category text not null,
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint cache_store_pkey primary key (key)
);
comment on table public.cache_store is 'Answers of other services, kept for a while. For the service role only.';
comment on column public.cache_store.key is 'Key, unique over all categories.';
comment on column public.cache_store.value is 'What is kept.';
comment on column public.cache_store.category is 'Who keeps it, for example stripe.';
comment on column public.cache_store.expires_at is 'From when on it counts as absent; null: never.';
comment on column public.cache_store.created_at is 'When the entry was made.';
comment on column public.cache_store.updated_at is 'When the entry was last written.';

-- Indexes -------------------------------------------------------------------------------------------------------------

create index idx_users_public on public.users (is_public, created_at desc) where is_public = true;

create index user_role_granted_by_idx on public.user_role (granted_by);

create index idx_subscription_tier_active on public.subscription_tier (is_active, sort_order);

create index idx_subscription_billing_cycle on public.subscription (cycle_end_date) where is_auto_renew_enabled = true;
create index idx_subscription_status on public.subscription (status_id);
create index idx_subscription_stripe_customer on public.subscription (stripe_customer_id) where stripe_customer_id is not null;
create index idx_subscription_tier on public.subscription (tier_id);

create index idx_notification_expires on public.notification (expires_at) where expires_at is not null;
create index idx_notification_user_all on public.notification (user_id, created_at desc);
create index idx_notification_user_unread on public.notification (user_id, created_at desc) where is_read = false;

create index idx_audit_log_action on public.audit_log (action, created_at desc);
create index idx_audit_log_created on public.audit_log (created_at desc);
create index idx_audit_log_entity on public.audit_log (entity_type, entity_id, created_at desc);
create index idx_audit_log_user on public.audit_log (user_id, created_at desc);

create index idx_quota_usage_history_type
    on public.quota_usage_history (user_id, quota_type, billing_cycle_start, billing_cycle_end);
create index idx_quota_usage_history_user on public.quota_usage_history (user_id, created_at desc);

create index idx_cache_store_category on public.cache_store (category, expires_at);
create index idx_cache_store_expires on public.cache_store (expires_at) where expires_at is not null;

-- Row level security (the policies are in R_policies.sql) ---------------------------------------------------------------

alter table public.users enable row level security;
alter table public.user_role enable row level security;
alter table public.user_setting enable row level security;
alter table public.subscription_tier enable row level security;
alter table public.subscription_status enable row level security;
alter table public.subscription enable row level security;
alter table public.notification enable row level security;
alter table public.audit_log enable row level security;
alter table public.quota_usage_history enable row level security;
alter table public.cache_store enable row level security;

-- Grants --------------------------------------------------------------------------------------------------------------

revoke all on table
    public.users,
    public.user_role,
    public.user_setting,
    public.subscription_tier,
    public.subscription_status,
    public.subscription,
    public.notification,
    public.audit_log,
    public.quota_usage_history,
    public.cache_store
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table
    public.users,
    public.user_role,
    public.user_setting,
    public.subscription_tier,
    public.subscription_status,
    public.subscription,
    public.notification,
    public.audit_log,
    public.quota_usage_history,
    public.cache_store
to service_role;

-- Visitors see of a public profile what a profile page shows, not how its owner uses the application.
grant select (
    id, avatar_url, display_name, bio, website_url, is_verified, profile_slug, primary_category, total_followers_count,
    is_public, seo_title, seo_description, created_at
) on table public.users to anon;

-- Users change what is theirs to say; counters come from the system. is_verified is guarded by a trigger: only an
-- administrator may change it.
grant select on table public.users to authenticated;
grant update (
    avatar_url, timezone, language, is_onboarded, onboarded_at, display_name, bio, website_url, is_verified, profile_slug,
    primary_category, is_public, seo_title, seo_description
) on table public.users to authenticated;

grant select, insert, delete on table public.user_role to authenticated;
grant select, insert, update on table public.user_setting to authenticated;
grant select on table public.subscription_tier, public.subscription_status to anon, authenticated;
grant select, insert, update, delete on table public.subscription to authenticated;
grant select, delete on table public.notification to authenticated;
grant update (is_read, read_at) on table public.notification to authenticated;
grant select on table public.audit_log, public.quota_usage_history to authenticated;
