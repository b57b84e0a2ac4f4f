# Each line: what it is about, a tab, what was found.
tab='	'
list() { find "$@" -printf 'entry %p\t%y %l\nmode of %p\t%m\n' 2>/dev/null; }
list / -maxdepth 1
list /etc /dev /var -mindepth 1 -maxdepth 2 ! -path '/dev/*/*'
list /run -mindepth 1 -maxdepth 5 ! -path '/run/host/*/*' ! -path '/run/media/*'
list "${HOME%/*}" -maxdepth 0
[ ! -d "$HOME" ] || list "$HOME" ! -path '*/.ld.so/*'
find /app /usr/lib/plain -printf 'entry %p\t%y %l\n' 2>/dev/null
for file in /etc/passwd /etc/group /etc/timezone /etc/ld.so.conf /run/host/container-manager \
    /run/host/font-dirs.xml /etc/pkcs11/pkcs11.conf /etc/plain.conf "$XDG_CONFIG_HOME/user-dirs.dirs" \
    /run/flatpak/ld.so.conf.d/*; do
    number=0
    [ -f "$file" ] && while read -r line; do
        number=$((number + 1))
        echo "line $number of $file$tab$line"
    done <"$file"
done
group=
while read -r line; do
    case $line in
        \[*) group=$line ;;
        *=*) echo "info $group ${line%%=*}$tab${line#*=}" ;;
    esac
done </.flatpak-info
[ -z "$XDG_CONFIG_HOME" ] || own=$XDG_CONFIG_HOME
for place in / /etc /usr /app /tmp /var /var/tmp /run "/run/user/$(id -u)" /run/host /dev /dev/shm /sys "$HOME" \
    "$HOME/.var" "$HOME/.var/app/$FLATPAK_ID" $own; do
    if (: >"$place/.try") 2>/dev/null; then
        rm "$place/.try"
        echo "writing in $place${tab}yes"
    else
        echo "writing in $place${tab}no"
    fi
done
ldconfig -p 2>/dev/null | grep libz.so.1 | while read -r name line; do
    echo "cached library ${line##* }${tab}yes"
done
