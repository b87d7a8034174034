-- Phase 4, AI enhancement: providers and models with their prices, suggestions for content, use and cost, trends.
-- Needs: phase 1 (public.users, schema private), phase 2 (public.platform), phase 3 (public.content_item).

-- Providers and models -----------------------------------------------------------------------------------------

create table public.ai_provider (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    base_url text,
    is_api_key_required boolean default true,
    is_streaming_supported boolean default false,
    is_active boolean default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint ai_provider_pkey primary key (id),
    constraint ai_provider_slug_key unique (slug)
);

comment on table public.ai_provider is 'Who runs AI models. API keys are not kept in the database.';
comment on column public.ai_provider.id is 'Key.';
comment on column public.ai_provider.slug is 'Name used in code, e.g. openai.';
comment on column public.ai_provider.display_name is 'Name shown to people.';
comment on column public.ai_provider.base_url is 'Where its API is.';
comment on column public.ai_provider.is_api_key_required is 'False for a model run on one''s own machine.';
comment on column public.ai_provider.is_streaming_supported is 'Answers can be read while they are generated.';
comment on column public.ai_provider.is_active is 'False: not to be used at present.';
comment on column public.ai_provider.created_at is 'When the provider was added.';
comment on column public.ai_provider.updated_at is 'When the row last changed.';

create table public.ai_model (
    id uuid not null default gen_random_uuid(),
    provider_id uuid not null,
    model_name text not null,
    display_name text not null,
    capabilities text[],
    max_context_tokens integer default 8192,
    input_cost_per_1k_tokens numeric(12, 8),
    output_cost_per_1k_tokens numeric(12, 8),
    is_active boolean default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint ai_model_pkey primary key (id),
    constraint ai_model_provider_id_model_name_key unique (provider_id, model_name),
    constraint ai_model_provider_id_fkey foreign key (provider_id) references public.ai_provider (id),
    constraint ai_model_max_context_tokens_check check (max_context_tokens > 0),
    constraint ai_model_cost_check check (input_cost_per_1k_tokens >= 0 and output_cost_per_1k_tokens >= 0)
);

comment on table public.ai_model is 'AI models with their prices. Providers quote a million tokens; here it is a thousand.';
comment on column public.ai_model.id is 'Key.';
comment on column public.ai_model.provider_id is 'Who runs it.';
comment on column public.ai_model.model_name is 'Its name in the provider''s API.';
comment on column public.ai_model.display_name is 'Name shown to people.';
comment on column public.ai_model.capabilities is 'What it can do: text, vision, …';
comment on column public.ai_model.max_context_tokens is 'Tokens that prompt and answer may have together.';
comment on column public.ai_model.input_cost_per_1k_tokens is 'US dollars for 1,000 prompt tokens.';
comment on column public.ai_model.output_cost_per_1k_tokens is 'US dollars for 1,000 completion tokens.';
comment on column public.ai_model.is_active is 'False: not to be used at present.';
comment on column public.ai_model.created_at is 'When the model was added.';
comment on column public.ai_model.updated_at is 'When the row last changed.';

create table public.user_ai_setting (
    user_id uuid not null,
    preferred_provider_id uuid,
    preferred_model_id uuid,
    tone text default 'professional',
    language text default 'en',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_ai_setting_pkey primary key (user_id),
    constraint user_ai_setting_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint user_ai_setting_preferred_provider_id_fkey
        foreign key (preferred_provider_id) references public.ai_provider (id),
    constraint user_ai_setting_preferred_model_id_fkey foreign key (preferred_model_id) references public.ai_model (id)
);

comment on table public.user_ai_setting is 'What a user wants from AI. No row: the defaults.';
comment on column public.user_ai_setting.user_id is 'Whose settings.';
comment on column public.user_ai_setting.preferred_provider_id is 'Provider to use; null: StreamVibe''s choice.';
comment on column public.user_ai_setting.preferred_model_id is 'Model to use; null: StreamVibe''s choice.';
comment on column public.user_ai_setting.tone is 'Tone of suggested texts, e.g. professional.';
comment on column public.user_ai_setting.language is 'Language of suggested texts, ISO 639-1.';
comment on column public.user_ai_setting.created_at is 'When the user first set something.';
comment on column public.user_ai_setting.updated_at is 'When the row last changed.';

create index user_ai_setting_preferred_provider_id_idx on public.user_ai_setting (preferred_provider_id);
create index user_ai_setting_preferred_model_id_idx on public.user_ai_setting (preferred_model_id);

-- Suggestions --------------------------------------------------------------------------------------------------

create table public.ai_suggestion (
    id uuid not null default gen_random_uuid(),
    content_item_id uuid not null,
    provider_id uuid,
    model_id uuid,
    suggested_titles text[],
    suggested_description text,
    suggested_tags text[],
    suggested_category text,
    trending_keywords text[],
    trending_hashtags text[],
    related_topics text[],
    trending_score numeric(3, 2),
    seo_score numeric(3, 2),
    readability_score numeric(3, 2),
    confidence_score numeric(3, 2),
    sentiment text,
    target_audience text[],
    prompt_tokens integer,
    completion_tokens integer,
    total_cost_cents numeric(14, 6),
    processing_time_ms integer,
    is_applied boolean default false,
    applied_at timestamptz,
    version integer default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint ai_suggestion_pkey primary key (id),
    constraint ai_suggestion_content_item_id_fkey
        foreign key (content_item_id) references public.content_item (id) on delete cascade,
    constraint ai_suggestion_provider_id_fkey foreign key (provider_id) references public.ai_provider (id),
    constraint ai_suggestion_model_id_fkey foreign key (model_id) references public.ai_model (id),
    constraint ai_suggestion_tokens_check check (prompt_tokens >= 0 and completion_tokens >= 0),
    constraint ai_suggestion_total_cost_cents_check check (total_cost_cents >= 0)
);

comment on table public.ai_suggestion is 'What an AI model proposed for a content item, and what that cost.';
comment on column public.ai_suggestion.id is 'Key.';
comment on column public.ai_suggestion.content_item_id is 'The content; its suggestions go with it.';
comment on column public.ai_suggestion.provider_id is 'Who ran the model.';
comment on column public.ai_suggestion.model_id is 'The model that proposed it.';
comment on column public.ai_suggestion.suggested_titles is 'Titles to choose from.';
comment on column public.ai_suggestion.suggested_description is 'Description.';
comment on column public.ai_suggestion.suggested_tags is 'Tags.';
comment on column public.ai_suggestion.suggested_category is 'Category.';
comment on column public.ai_suggestion.trending_keywords is 'Keywords in demand that suit the content.';
comment on column public.ai_suggestion.trending_hashtags is 'Hashtags in demand that suit the content, without the # sign.';
comment on column public.ai_suggestion.related_topics is 'Topics near the content''s own.';
comment on column public.ai_suggestion.trending_score is 'How much in demand the topic is, 0.00 to 1.00.';
comment on column public.ai_suggestion.seo_score is 'How well search engines will find the text, 0.00 to 1.00.';
comment on column public.ai_suggestion.readability_score is 'How easily the text reads, 0.00 to 1.00.';
comment on column public.ai_suggestion.confidence_score is 'How sure the model is, 0.00 to 1.00.';
comment on column public.ai_suggestion.sentiment is 'Mood of the content, e.g. positive.';
comment on column public.ai_suggestion.target_audience is 'Whom the content is for.';
comment on column public.ai_suggestion.prompt_tokens is 'Tokens sent.';
comment on column public.ai_suggestion.completion_tokens is 'Tokens received.';
comment on column public.ai_suggestion.total_cost_cents is 'Cost in US cents; worked out from model and tokens if it is not given.';
comment on column public.ai_suggestion.processing_time_ms is 'How long the model took, in milliseconds.';
comment on column public.ai_suggestion.is_applied is 'Whether the owner has applied any of it.';
comment on column public.ai_suggestion.applied_at is 'When the owner first applied any of it.';
comment on column public.ai_suggestion.version is 'Counts the suggestions made for the same content.';
comment on column public.ai_suggestion.created_at is 'When it was made.';
comment on column public.ai_suggestion.updated_at is 'When the row last changed.';

create index idx_ai_suggestion_content on public.ai_suggestion (content_item_id, created_at desc);
create index idx_ai_suggestion_keywords on public.ai_suggestion using gin (trending_keywords)
    where trending_keywords is not null;
create index idx_ai_suggestion_pending on public.ai_suggestion (content_item_id, is_applied, created_at desc)
    where is_applied = false;
create index idx_ai_suggestion_trending on public.ai_suggestion (trending_score desc, created_at desc)
    where trending_score is not null;
create index ai_suggestion_provider_id_idx on public.ai_suggestion (provider_id);
create index ai_suggestion_model_id_idx on public.ai_suggestion (model_id);

create table public.ai_suggestion_application (
    id uuid not null default gen_random_uuid(),
    suggestion_id uuid not null,
    field_name text not null,
    applied_value text,
    applied_by_user_id uuid not null,
    applied_at timestamptz not null default now(),
    constraint ai_suggestion_application_pkey primary key (id),
    constraint ai_suggestion_application_suggestion_id_fkey
        foreign key (suggestion_id) references public.ai_suggestion (id) on delete cascade,
    constraint ai_suggestion_application_applied_by_user_id_fkey
        foreign key (applied_by_user_id) references public.users (id) on delete cascade
);

comment on table public.ai_suggestion_application is 'Which part of a suggestion was applied, by whom.';
comment on column public.ai_suggestion_application.id is 'Key.';
comment on column public.ai_suggestion_application.suggestion_id is 'The suggestion.';
comment on column public.ai_suggestion_application.field_name is 'The column of content_item that it was applied to.';
comment on column public.ai_suggestion_application.applied_value is 'What was written there.';
comment on column public.ai_suggestion_application.applied_by_user_id is 'Who applied it.';
comment on column public.ai_suggestion_application.applied_at is 'When.';

create index idx_ai_suggestion_application_suggestion on public.ai_suggestion_application (suggestion_id);
create index ai_suggestion_application_applied_by_user_id_idx on public.ai_suggestion_application (applied_by_user_id);

-- Use and cost -------------------------------------------------------------------------------------------------

create table public.ai_usage (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    provider_id uuid not null,
    model_id uuid not null,
    content_item_id uuid,
    operation_type text not null,
    prompt_tokens integer not null,
    completion_tokens integer not null,
    total_tokens integer not null,
    cost_cents numeric(14, 6) not null,
    processing_time_ms integer,
    billing_cycle_start timestamptz not null,
    billing_cycle_end timestamptz not null,
    created_at timestamptz not null default now(),
    constraint ai_usage_pkey primary key (id),
    constraint ai_usage_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint ai_usage_provider_id_fkey foreign key (provider_id) references public.ai_provider (id),
    constraint ai_usage_model_id_fkey foreign key (model_id) references public.ai_model (id),
    constraint ai_usage_content_item_id_fkey
        foreign key (content_item_id) references public.content_item (id) on delete set null,
    constraint ai_usage_prompt_tokens_check check (prompt_tokens >= 0),
    constraint ai_usage_completion_tokens_check check (completion_tokens >= 0),
    constraint ai_usage_total_tokens_check check (total_tokens = prompt_tokens + completion_tokens),
    constraint ai_usage_cost_cents_check check (cost_cents >= 0),
    constraint ai_usage_billing_cycle_check check (billing_cycle_end > billing_cycle_start)
);

comment on table public.ai_usage is 'Every call of an AI model: for whom, how many tokens, what it cost.';
comment on column public.ai_usage.id is 'Key.';
comment on column public.ai_usage.user_id is 'For whom.';
comment on column public.ai_usage.provider_id is 'Who ran the model.';
comment on column public.ai_usage.model_id is 'The model.';
comment on column public.ai_usage.content_item_id is 'For which content; null: for none, or it is gone.';
comment on column public.ai_usage.operation_type is 'What for, e.g. generate_tags.';
comment on column public.ai_usage.prompt_tokens is 'Tokens sent.';
comment on column public.ai_usage.completion_tokens is 'Tokens received.';
comment on column public.ai_usage.total_tokens is 'Both together; worked out if it is not given.';
comment on column public.ai_usage.cost_cents is 'Cost in US cents; worked out from model and tokens if it is not given.';
comment on column public.ai_usage.processing_time_ms is 'How long the model took, in milliseconds.';
comment on column public.ai_usage.billing_cycle_start is 'Start of the user''s billing cycle; taken from the subscription if it is not given.';
comment on column public.ai_usage.billing_cycle_end is 'End of the user''s billing cycle; taken from the subscription if it is not given.';
comment on column public.ai_usage.created_at is 'When.';

create index idx_ai_usage_provider_model on public.ai_usage (provider_id, model_id, created_at desc);
create index idx_ai_usage_user_billing on public.ai_usage (user_id, billing_cycle_start, billing_cycle_end);
create index ai_usage_model_id_idx on public.ai_usage (model_id);
create index ai_usage_content_item_id_idx on public.ai_usage (content_item_id);

-- Trends -------------------------------------------------------------------------------------------------------

create table public.trending_keyword (
    id uuid not null default gen_random_uuid(),
    platform_id uuid not null,
    keyword text not null,
    category text,
    trending_score numeric(5, 2) not null,
    search_volume integer,
    competition_level text,
    source text,
    region text default 'US',
    language text default 'en',
    valid_from timestamptz not null default now(),
    valid_until timestamptz not null,
    created_at timestamptz not null default now(),
    constraint trending_keyword_pkey primary key (id),
    constraint trending_keyword_platform_id_keyword_region_language_valid_key
        unique (platform_id, keyword, region, language, valid_from),
    constraint trending_keyword_platform_id_fkey foreign key (platform_id) references public.platform (id),
    constraint trending_keyword_valid_until_check check (valid_until > valid_from)
);

comment on table public.trending_keyword is 'Words in demand on a platform, for a time.';
comment on column public.trending_keyword.id is 'Key.';
comment on column public.trending_keyword.platform_id is 'The platform.';
comment on column public.trending_keyword.keyword is 'The word.';
comment on column public.trending_keyword.category is 'Category of content it belongs to.';
comment on column public.trending_keyword.trending_score is 'How much in demand it is, 0.00 to 100.00 by custom.';
comment on column public.trending_keyword.search_volume is 'Searches a month.';
comment on column public.trending_keyword.competition_level is 'How many others use it, e.g. low.';
comment on column public.trending_keyword.source is 'Where that is known from.';
comment on column public.trending_keyword.region is 'Country, ISO 3166-1.';
comment on column public.trending_keyword.language is 'Language, ISO 639-1.';
comment on column public.trending_keyword.valid_from is 'From when on it holds.';
comment on column public.trending_keyword.valid_until is 'Until when it holds.';
comment on column public.trending_keyword.created_at is 'When the row was added.';

-- Without a condition: valid_until is never null, and an index with a condition serves only queries that repeat it.
create index idx_trending_keyword_platform on public.trending_keyword (platform_id, trending_score desc);
create index idx_trending_keyword_valid on public.trending_keyword (valid_until);

-- Row level security and grants --------------------------------------------------------------------------------

alter table public.ai_provider enable row level security;
alter table public.ai_model enable row level security;
alter table public.user_ai_setting enable row level security;
alter table public.ai_suggestion enable row level security;
alter table public.ai_suggestion_application enable row level security;
alter table public.ai_usage enable row level security;
alter table public.trending_keyword enable row level security;

revoke all on table
    public.ai_provider,
    public.ai_model,
    public.user_ai_setting,
    public.ai_suggestion,
    public.ai_suggestion_application,
    public.ai_usage,
    public.trending_keyword
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table
    public.ai_provider,
    public.ai_model,
    public.user_ai_setting,
    public.ai_suggestion,
    public.ai_suggestion_application,
    public.ai_usage,
    public.trending_keyword
to service_role;

grant select on table
    public.ai_provider,
    public.ai_model,
    public.user_ai_setting,
    public.ai_suggestion,
    public.ai_suggestion_application,
    public.ai_usage,
    public.trending_keyword
to authenticated;

grant delete on table public.user_ai_setting, public.ai_suggestion to authenticated;
grant insert (user_id, preferred_provider_id, preferred_model_id, tone, language),
    update (user_id, preferred_provider_id, preferred_model_id, tone, language)
    on table public.user_ai_setting to authenticated;
-- Suggestions, their tokens and their cost come from the service; the owner says what becomes of them.
grant update (is_applied, applied_at) on table public.ai_suggestion to authenticated;
grant insert (suggestion_id, field_name, applied_value, applied_by_user_id)
    on table public.ai_suggestion_application to authenticated;
