import Config

config :my_app, MyApp.Repo, url: System.fetch_env!("DATABASE_URL")

{:ok, host} = :inet.gethostname()
answers = "elixir_answers_#{host}"

config :my_app, answers: answers
config :my_app, Oban, queues: [{:elixir, 10}, {String.to_atom(answers), 10}]
