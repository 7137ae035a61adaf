# Generated from db/contracts/generate_badge.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.GenerateBadgeArgs do
  @moduledoc """
  The args of a badge job. Queue: badges.

    * `:id` - Identifies the badge: a UUID in canonical lower-case form. It is part of the PDF's name and makes each step idempotent.
    * `:name` - The name that is printed, in any script. At least one visible character.
    * `:badge_name` - optional. The text to print largest: a call name, a stage name, a preferred name. Default: the given name, or the whole name if in doubt. The name is printed below it.
    * `:company` - The company or organisation. May be empty.
    * `:type` - The type of the badge, for example "speaker": one that the event or the design declares.
    * `:title` - optional. The job title, for example "Staff Engineer".
    * `:pronouns` - optional. The pronouns, for example "she/her".
    * `:email` - optional. Not printed as text. The QR code of kind vcard contains it.
    * `:url` - optional. The QR codes of kind url and vcard contain it.
    * `:event` - optional. The name of the event, if it has no file. Default: the name in its file, or in the design.
    * `:event_slug` - optional. The event, a file of the worker: events/SLUG.toml. It has the name, place, dates and types.
    * `:fields` - optional. Short texts of the organiser's own, by name, for example {"table": "12"}. Default: %{}.
    * `:photo` - optional. The file name of a photo or a logo in the event's folder, events/SLUG/. Requires the field event_slug.
    * `:design` - optional. The name of the design. Default: "conf-4x6".
    * `:qr` - optional. The content of the QR code, which anyone can read with a phone. The kind id, the badge's id, reveals nothing about the person. The kind url requires the field url. One of "id", "vcard", "url", "none". Default: "id".
    * `:blank` - optional. A spare badge: a line to write on is printed instead of the name, which is only for lists and logs. Default: false.
  """

  @enforce_keys [:id, :name, :company, :type]
  defstruct [
    :id,
    :name,
    :badge_name,
    :company,
    :type,
    :title,
    :pronouns,
    :email,
    :url,
    :event,
    :event_slug,
    :fields,
    :photo,
    :design,
    :qr,
    :blank
  ]

  @type t :: %__MODULE__{
          id: String.t(),
          name: String.t(),
          badge_name: String.t() | nil,
          company: String.t(),
          type: String.t(),
          title: String.t() | nil,
          pronouns: String.t() | nil,
          email: String.t() | nil,
          url: String.t() | nil,
          event: String.t() | nil,
          event_slug: String.t() | nil,
          fields: map | nil,
          photo: String.t() | nil,
          design: String.t() | nil,
          qr: String.t() | nil,
          blank: boolean | nil
        }

  @doc "Return the args of a job, without the fields that are `nil`."
  @spec to_args(t) :: %{optional(String.t()) => term}
  def to_args(%__MODULE__{} = struct) do
    for {key, value} <- [
          {"id", struct.id},
          {"name", struct.name},
          {"badge_name", struct.badge_name},
          {"company", struct.company},
          {"type", struct.type},
          {"title", struct.title},
          {"pronouns", struct.pronouns},
          {"email", struct.email},
          {"url", struct.url},
          {"event", struct.event},
          {"event_slug", struct.event_slug},
          {"fields", struct.fields},
          {"photo", struct.photo},
          {"design", struct.design},
          {"qr", struct.qr},
          {"blank", struct.blank}
        ],
        value != nil,
        into: %{},
        do: {key, value}
  end
end
