# Sourced: sets JAVA_HOME to a JDK 25 or newer, from JAVA_HOME, PATH or the usual folders.
jdk_version() { # prints the major version of the JDK in folder $1, 0 if it is none
  [ -x "$1/bin/javac" ] || { echo 0; return; }
  local line
  line=$("$1/bin/javac" -version 2>&1) || { echo 0; return; }
  line=${line#javac }
  echo "${line%%[!0-9]*}"
}

find_jdk() {
  local from_path candidate
  from_path=$(command -v javac || true)
  [ -z "$from_path" ] || from_path=$(dirname "$(dirname "$(readlink -f "$from_path")")")
  for candidate in "${JAVA_HOME:-}" "$from_path" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    if [ "$(jdk_version "$candidate")" -ge 25 ] 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "JDK 25 is needed and was not found. Install one (Temurin 25 is what we test with)" \
    "or set JAVA_HOME to it." >&2
  return 1
}

JAVA_HOME=$(find_jdk) || exit 1
export JAVA_HOME
